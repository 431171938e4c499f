"""One module per aggregate: a private PynamoDB model and its repository."""
