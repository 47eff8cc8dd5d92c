// The tree of mailboxes and folders.

import { put, room } from "./view.js";

room({ take: (page) => put("tree", page) });
