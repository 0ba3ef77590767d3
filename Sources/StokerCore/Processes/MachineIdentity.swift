/// What tells this machine, or container, from others.
public enum MachineIdentity {
    public static let text = (MachineID.text ?? "") + "/" + (LockHolder.hostName)
}
