//! Several nodes on one PostgreSQL with one data folder and one address, as an operator of more than
//! one machine would run them, and the simulator: all of them real programs.

use std::path::Path;

use crate::balancer::Balancer;
use crate::desk::Desk;
use crate::node::Node;
use crate::postgres::Postgres;
use crate::program::{Program, free_port, loopback};
use crate::sim::Sim;
use crate::stack::{USUAL_PACE, administrator, client, settings, simulator};

/// The programs and how to speak to them.
#[derive(Debug)]
pub struct Cluster {
    /// The simulator's control side.
    pub sim: Sim,
    /// The API at the common address, as an administrator.
    pub desk: Desk,
    /// The API of each node, whatever the balancer thinks of it.
    pub desks: Vec<Desk>,
    /// The nodes.
    pub nodes: Vec<Node>,
    /// What they share.
    pub postgres: Postgres,
    _balancer: Balancer,
    _sim_program: Program,
}

impl Cluster {
    /// Starts everything in `folder`; every node is up when this returns. `more` are further
    /// settings.
    ///
    /// # Panics
    /// When something does not start.
    pub async fn start(folder: &Path, nodes: usize, more: &[(&str, &str)]) -> Self {
        let postgres = Postgres::start();
        let ports: Vec<u16> = (0..nodes).map(|_| free_port()).collect();
        let balancer = Balancer::before(&ports).await;
        let (sim, sim_program) = simulator(folder, &balancer.url, USUAL_PACE).await;
        let mut shared = more.to_vec();
        shared.push(("MAILDESK_DATABASE_URL", postgres.url()));
        let node = |(n, port): (usize, &u16)| {
            let settings = settings(folder, *port, &balancer.url, &sim.url, &shared);
            Node::new(settings, folder.join(format!("maildesk-{n}.log")))
        };
        let mut nodes: Vec<Node> = ports.iter().enumerate().map(node).collect();
        let token = administrator(nodes.first().expect("there is a node"));
        let at = |url: String| Desk::at(client(), url, &token);
        let desks: Vec<Desk> = ports
            .iter()
            .map(|port| at(format!("http://{}", loopback(*port))))
            .collect();
        for (node, desk) in nodes.iter_mut().zip(&desks) {
            node.spawn();
            desk.wait_listening().await;
        }
        let desk = at(balancer.url.clone());
        desk.wait_listening().await;
        Self {
            sim,
            desk,
            desks,
            nodes,
            postgres,
            _balancer: balancer,
            _sim_program: sim_program,
        }
    }
}
