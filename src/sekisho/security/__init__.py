"""Protection against guessing. What is guessed, and what a right guess opens, is known elsewhere."""
