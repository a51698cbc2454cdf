create schema ceiling
