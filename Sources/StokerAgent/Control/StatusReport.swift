public import StokerCore

/// What the agent knows. `GET /v1/status`, and `stoker status --json`.
public struct StatusReport: Codable, Sendable, Equatable {
    public struct Agent: Codable, Sendable, Equatable {
        public var pid: Int32
        public var version: String
        /// Seconds since 1970.
        public var since: Double
        public var endpoint: String
        public var socket: String
        /// Bytes that the snapshots take on disk.
        public var snapshotBytes: Int64
    }

    public struct Project: Codable, Sendable, Equatable {
        /// The folder, absolute.
        public var root: String
        public var images: [Image]
        public var watches: [Watch]
        /// Of the containers, for all projects together; `nil` before the first look.
        public var lastReap: Reap?
        /// Why the configuration cannot be used at present.
        public var problem: String?
        /// What of the configuration does not count, and why. `nil` from an agent that does not tell.
        public var warnings: [String]?
    }

    public struct Image: Codable, Sendable, Equatable {
        public enum State: String, Codable, Sendable {
            /// Not looked at yet.
            case unknown
            /// The image is the one for the inputs as last seen.
            case current
            /// Inputs have changed; waits for the burst to end.
            case settling
            case building
            /// The builder refused the inputs.
            case failed
            /// The engine, the disk or a lock stands in the way.
            case hindered
        }

        public var name: String
        public var tag: String
        public var state: State
        public var digest: String?
        public var imageID: String?
        public var lastBuild: Build?
        /// What went wrong last, if it still stands.
        public var problem: String?
        public var warnings: [String]
    }

    public struct Build: Codable, Sendable, Equatable {
        /// When it ended, seconds since 1970.
        public var at: Double
        public var seconds: Double
        /// Why it was begun: `src/app.py changed`.
        public var reason: String
        public var succeeded: Bool
    }

    public struct Watch: Codable, Sendable, Equatable {
        public var root: String
        public var directories: Int
        /// What keeps it from seeing everything, in words; empty when nothing does.
        public var problems: [String]
    }

    public struct Reap: Codable, Sendable, Equatable {
        /// Seconds since 1970.
        public var at: Double
        public var removed: Int
        public var kept: Int
        public var failed: Int
        public var problem: String?
    }

    /// A `stoker run`, by its lease.
    public struct Run: Codable, Sendable, Equatable {
        public enum State: String, Codable, Sendable {
            case alive
            /// What it has left on the agent's engine is being removed.
            case dead
            /// Nothing is proved; age decides.
            case unknown
        }

        /// The lease's ID, as in the label `dev.stoker.lease`.
        public var lease: String
        public var command: String
        /// The folder, absolute.
        public var project: String
        /// Of `stoker run`; `nil` where it could not tell for certain.
        public var pid: Int32?
        /// Seconds since 1970.
        public var since: Double
        /// Where its containers are: `unix:///run/docker.sock`.
        public var engine: String
        public var state: State
        /// How it died, or why nothing is proved, in words.
        public var reason: String?

        public init(_ entry: LeaseBook.Entry) {
            let lease = entry.lease
            self.lease = lease.id.text
            (command, project, since, engine) = (
                lease.commandLine, lease.project, lease.since, lease.engine
            )
            pid = lease.owner?.pid
            switch entry.fate {
            case .alive, .foreign: state = .alive
            case .dead(let how): (state, reason) = (.dead, how)
            case .unknown(let why), .notOwned(let why): (state, reason) = (.unknown, why)
            }
        }
    }

    public var agent: Agent
    public var projects: [Project]
    /// The oldest first. `nil` from an agent that does not tell of them.
    public var runs: [Run]?
}
