"""Mathematics of grades 1 to 12 from parametric templates."""
