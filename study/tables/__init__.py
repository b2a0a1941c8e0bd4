"""The tables of a study’s data: their columns and rows, from events to files and back. Measures belong in
`study.analysis`."""
