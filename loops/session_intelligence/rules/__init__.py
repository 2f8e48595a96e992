"""Pure rules: what a transcript says about concepts, gaps, homework, exams, and what follows from it."""
