"""Orders: what is sold, how it is paid, what is granted (contract photos-payments.md)."""
