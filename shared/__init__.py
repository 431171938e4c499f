"""What several functions share; imports none of them."""
