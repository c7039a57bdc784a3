"""Which checkpoint a project uses: names, the evidence for a new one, and who decided."""
