import StokerCore

/// What tells this machine, or container, from others.
enum MachineIdentity {
    static let text = (MachineID.text ?? "") + "/" + (LockHolder.hostName)
}
