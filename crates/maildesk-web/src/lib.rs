//! HTTP for people and for the JSON API; never calls Graph.
