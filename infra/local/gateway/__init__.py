"""One origin for everything, as CloudFront is on AWS; it exists locally only."""
