# The inbox: folders, list, reading pane.
