"""The pages of co-funding: projects, their money, and what everybody may see."""
