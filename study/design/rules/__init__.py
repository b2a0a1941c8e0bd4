"""What a design must keep to; every broken rule is a place and a sentence."""
