"""Messages to people: which connector carries one, in which words, how many a person may get."""
