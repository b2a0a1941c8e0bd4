"""The records of a run: writes them one question at a time and reads them back. Scoring them belongs in `scoring`."""
