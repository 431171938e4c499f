"""`rolecraft`: what operators do by command, on AWS and locally alike, over the public API."""
