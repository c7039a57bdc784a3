"""Pages: check the request, call one service or selector, render one template."""
