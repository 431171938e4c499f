"""What runs in the zygote and its children: standard library only, so that a copy stays small."""
