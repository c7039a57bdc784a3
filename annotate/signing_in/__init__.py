"""How people sign in, besides by a password alone: a second factor, single sign-on."""
