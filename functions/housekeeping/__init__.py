"""Every minute: what died is ended, what was held is released, what was missed is sent."""
