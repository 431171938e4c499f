"""The AWS side: CDK app, stacks, constructs, layer build, and the local run."""
