//! The icons of the pages: one path each, drawn on 24 by 24 and stroked in the colour of the text.

/// The path of an icon; an unknown name is a folder.
pub(crate) fn path(name: &str) -> &'static str {
    match name {
        "inbox" => "M4 13h4l1.5 3h5L16 13h4M6 5h12l2 8v6H4v-6l2-8Z",
        "draft" => "m5 19 1-4L16 5l3 3L9 18l-4 1ZM14 7l3 3",
        "sent" => "m4 12 16-7-6 15-3-6-7-2ZM11 14l4-4",
        "archive" => "M4 5h16v4H4V5ZM5.5 9v10h13V9M10 13h4",
        "bin" => "M5 7h14M9 7V5h6v2M7 7l1 12h8l1-12M10.5 11v5M13.5 11v5",
        "junk" => "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16ZM6.5 6.5l11 11",
        "flag" => "M6 20V5h11l-2.5 4L17 13H6",
        "clip" => "m8 12 6-6a3 3 0 0 1 4.2 4.2L10 18.5A4.6 4.6 0 0 1 3.5 12L11 4.5",
        "check" => "m5 12.5 4.5 4.5L19 7.5",
        "dot" => "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8Z",
        "important" => "M12 5v9M12 18v.5",
        "reply" => "M10 6 4 12l6 6M4 12h9a7 7 0 0 1 7 7",
        "reply-all" => "m8 6-6 6 6 6M13 6l-6 6 6 6M7 12h8a7 7 0 0 1 7 7",
        "forward" => "m14 6 6 6-6 6M20 12h-9a7 7 0 0 0-7 7",
        "cross" => "M6 6l12 12M18 6 6 18",
        "label" => "M4 12V5h7l9 9-7 7-9-9ZM8.5 9v.5",
        "clock" => "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16ZM12 8v4.5l3 2",
        "move" => "M4 6h6l2 2h8v11H4V6ZM9 13.5h6M12.5 11l2.5 2.5-2.5 2.5",
        "download" => "M12 4v11M7.5 11 12 15.5 16.5 11M5 19.5h14",
        "print" => "M7 9V4h10v5M7 17H4V9h16v8h-3M7 14h10v6H7v-6Z",
        "calendar" => "M4 7h16v13H4V7ZM4 11h16M8 4v4M16 4v4M8 15h3",
        "fold" => "m7 10 5 5 5-5",
        "back" => "m14 6-6 6 6 6",
        _ => "M4 6h6l2 2h8v11H4V6Z",
    }
}
