/// Why a container stays.
public enum KeepReason: Sendable, Equatable {
    /// Its ID is not 64 hexadecimal digits; by a shorter one the engine might find another container.
    case partialID
    /// The engine gave no name for it, or several.
    case unclearName
    case noMatch
    /// It would match, but the digits at its end read as a date.
    case dateSuffix
    /// It is on the list of names that are never touched.
    case exempt
    /// The project in this folder may have a say in it, and its configuration cannot be read.
    case unreadableRule(String)
    /// It carries `dev.stoker.keep`.
    case keepLabel
    /// Its owner lives, or its owner's command.
    case livingLease
    /// Another user of this machine owns it, whose number this is.
    case foreignLease(UInt32)
    /// It carries the labels of a dead lease and is not its, and its name matches no pattern; how that shows, in words.
    case notOwned(String)
    /// A container that stays uses it: this one, by name.
    case usedBy(String)
    case buildxBuilder
    case testcontainersReusable
    /// Someone else is removing it.
    case beingRemoved
    case unknownState(String)
    /// The engine starts it again by itself, or may do so, by this policy.
    case restartPolicy(String)
    case unknownRestartPolicy
    /// A command runs in it.
    case liveExec
    /// It could not be found out whether a command runs in it.
    case unknownExec
    /// Its owner is dead, and somebody looks inside with a terminal.
    case liveTerminal
    /// A time that its age depends on is not known.
    case missingTime
    /// One of its times is later than now: one of the clocks was wrong, so its age is not known.
    case futureTime
    /// One of its times is before there were container engines, as on a machine that starts without a
    /// clock, so its age is not known.
    case implausibleTime
    case tooYoung(ContainerAge)
    /// It may be old enough, but only the list told of it.
    case notInspected
    /// The second look, right before the removal, saw something else than the plan. The text says what.
    case changedSincePlan(String)

    /// For programs; it stays the same from version to version.
    public var code: String {
        switch self {
        case .partialID: "partial-id"
        case .unclearName: "unclear-name"
        case .noMatch: "no-match"
        case .dateSuffix: "date-suffix"
        case .exempt: "exempt"
        case .unreadableRule: "unreadable-rule"
        case .keepLabel: "keep-label"
        case .livingLease: "living-lease"
        case .foreignLease: "foreign-lease"
        case .notOwned: "not-owned"
        case .usedBy: "in-use"
        case .buildxBuilder: "buildx-builder"
        case .testcontainersReusable: "testcontainers-reusable"
        case .beingRemoved: "being-removed"
        case .unknownState: "unknown-state"
        case .restartPolicy: "restart-policy"
        case .unknownRestartPolicy: "unknown-restart-policy"
        case .liveExec: "live-exec"
        case .unknownExec: "unknown-exec"
        case .liveTerminal: "live-terminal"
        case .missingTime: "missing-time"
        case .futureTime: "future-time"
        case .implausibleTime: "implausible-time"
        case .tooYoung: "too-young"
        case .notInspected: "not-inspected"
        case .changedSincePlan: "changed-since-plan"
        }
    }

    /// For people, without a full stop.
    public var words: String {
        switch self {
        case .partialID: "its ID is not a full one"
        case .unclearName: "it has no name of its own, or several"
        case .noMatch: "its name matches no pattern"
        case .dateSuffix: "its name ends in what reads as a date"
        case .exempt: "it is exempt by name"
        case .unreadableRule(let project): "it may be of \(project), whose configuration cannot be read"
        case .keepLabel: "it is labelled \(ReapPolicy.keepLabel)"
        case .livingLease: "its owner lives"
        case .foreignLease(let user): "it is another user's (id \(user))"
        case .notOwned(let why): why
        case .usedBy(let name): "the container \(name), which stays, uses it"
        case .buildxBuilder: "it is a builder of buildx"
        case .testcontainersReusable: "it is a reusable container of testcontainers"
        case .beingRemoved: "it is being removed already"
        case .unknownState(let state): "its state is unknown to Stoker: \(String(reflecting: state))"
        case .restartPolicy(let policy): "it has the restart policy \(String(reflecting: policy))"
        case .unknownRestartPolicy: "its restart policy is not known"
        case .liveExec: "a command runs in it (docker exec)"
        case .unknownExec: "it is not known whether a command runs in it (docker exec)"
        case .liveTerminal: "somebody looks inside (docker exec -it)"
        case .missingTime: "its age is not known: the engine did not tell its times"
        case .futureTime: "its age is not known: one of its times is later than now"
        case .implausibleTime: "its age is not known: one of its times is before 2013"
        case .tooYoung(let age): age.words
        case .notInspected: "it could not be inspected"
        case .changedSincePlan(let change): "it has changed since the plan was made: \(change)"
        }
    }
}
