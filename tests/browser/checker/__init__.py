"""The readability checker: what "readable" means, said as rules over what a browser shows.

``collect.js`` reads places and colours off a page, :mod:`figure` makes plain values of them, and
the rules say in words what is wrong with these.  A rule knows no browser.
"""
