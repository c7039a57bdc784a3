"""How points in time look in each language; Django finds the folders by the language."""
