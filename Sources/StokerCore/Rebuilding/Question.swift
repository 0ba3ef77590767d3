/// What a build has to be of to answer a question: the inputs and base images as they were when it was put.
public struct InputGoal: Sendable, Equatable {
    public var digest: String
    public var bases: [BaseImage]

    public init(digest: String, bases: [BaseImage]) {
        self.digest = digest
        self.bases = bases
    }

    /// Whether what was built is of these inputs. A base image that was not there when the question was put is
    /// whichever the builder has got.
    public func isMet(by proof: CacheRecord.Proof) -> Bool {
        proof.digest == digest && proof.bases.count == bases.count
            && zip(proof.bases, bases).allSatisfy { built, wanted in
                built.reference == wanted.reference
                    && (wanted.imageID == nil || built.imageID == wanted.imageID)
            }
    }
}

/// Somebody wants the image while work may be going on: which run of that work answers. Pure.
///
/// Runs are counted from 1.
public struct Question: Sendable, Equatable {
    /// The first run that reads the inputs after the question, which answers it whatever it comes to.
    public private(set) var firstRun: Int
    /// `nil` where no earlier run may answer.
    public let goal: InputGoal?
    /// The earlier run that builds these inputs.
    private var joined: Int?

    public init(firstRun: Int, goal: InputGoal?) {
        self.firstRun = firstRun
        self.goal = goal
    }

    /// A run that was begun before begins to read the inputs.
    public mutating func hear(readingInRun run: Int) { firstRun = min(firstRun, run) }

    /// A run has begun to build the inputs with this digest.
    public mutating func hear(building digest: String, inRun run: Int) {
        if goal?.digest == digest {
            joined = run
        } else if joined == run {
            joined = nil
        }
    }

    /// Whether the run is not to be ended, since it is to answer the question.
    public func waits(forRun run: Int) -> Bool { firstRun <= run || joined == run }

    /// - Parameter proof: of the image that the run has come to; `nil` when there is no telling.
    public func isAnswered(byRun run: Int, _ proof: CacheRecord.Proof?) -> Bool {
        if firstRun <= run { return true }
        guard let goal, let proof else { return false }
        return goal.isMet(by: proof)
    }
}
