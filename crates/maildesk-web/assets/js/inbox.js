// The inbox, live: what changes is fetched as the server renders it and put in place.
