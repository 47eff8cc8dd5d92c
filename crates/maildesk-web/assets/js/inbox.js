// The inbox, live. Each room of the page has a file of its own under inbox/; without any of them
// every link and button still works, with a page load for each. The list marks the message that is
// open, so the reading pane comes first.

import "./inbox/reading.js";
import "./inbox/list.js";
import "./inbox/choose.js";
import "./inbox/tree.js";
import "./inbox/act.js";
import "./inbox/compose.js";
import "./inbox/said.js";
import "./inbox/keys.js";
import "./inbox/move.js";
import "./inbox/menu.js";
import "./inbox/flags.js";
import "./inbox/panes.js";
import "./inbox/live.js";
