"""The pages of the training desk: check the request, call one service, render one template."""
