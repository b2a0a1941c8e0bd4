"""The model in use and those that could be: opening one while another answers, what is there, what is known of it."""
