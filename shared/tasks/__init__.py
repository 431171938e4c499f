"""Long work that can't be lost: states, money, steps, and the types of tasks (README.md)."""
