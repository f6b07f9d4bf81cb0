"""Galleries: many figures at once, each a card that leads to its page.

A gallery comes about beside the figures, in these steps.  Before any document is read, pages are
written for the galleries of conf.py (:mod:`.wanted`, :mod:`.pages`).  The directive reads what the
author wrote (:mod:`.directive`, :mod:`.asking`) and leaves a place; what documents ask for is kept
with the environment (:mod:`.exhibits`).  When all documents are read, the models are listed, and
their thumbnails become figures like others (:mod:`.catalogues`).  At last cross-references are put
in for Sphinx to resolve, and cards, a list or a table stand in the place (:mod:`.cards`,
:mod:`.nodes`).

This file imports nothing: a build in which nothing has changed is to load little.
"""
