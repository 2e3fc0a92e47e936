"""`make bench`: how far Träffpunkt is from the limit of this machine.

Every figure is a ratio to a floor measured in the same run, interleaved with it, median of the repeats. A floor does the
bare minimum with the same libraries: it is what the same machine could do if the product did nothing more.
"""
