create database leadscoring owner leadscoring
