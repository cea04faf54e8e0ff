"""The status report out of records: figures that say what they are, as of when, and from which rows."""
