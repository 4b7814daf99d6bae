"""Where rules match in a batch: patterns become gates for hyperscan, and `regex` confirms.

`pattern_tree` reads a pattern, `gate` derives from it what is cheap to look for, `assignment` and
`told` what many rules share, `gates` all of that for a set of rules; `scanner` asks hyperscan,
`near` asks it again around a shared gate, `matcher` confirms, `hits` remembers.
"""
