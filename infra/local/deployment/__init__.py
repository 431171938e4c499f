"""Deploys the synthesized stacks into the emulator, straight through CloudFormation."""
