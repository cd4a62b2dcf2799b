"""The pages, one file a page; :mod:`vaxelflode.web.pages.table` is their table of contents."""
