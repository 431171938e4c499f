"""One construct per capability; each grants no more than its name says."""
