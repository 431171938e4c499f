"""What the simulators of picture and video services share: drawing, jobs, faults, links."""
