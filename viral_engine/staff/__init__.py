"""Staff: who may enter their pages, for how long, with what proof; and the record of the children they looked at."""
