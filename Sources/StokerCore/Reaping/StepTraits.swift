/// What an inspection tells of a container that tells the legacy builder's from a person's.
public struct StepTraits: Sendable, Equatable {
    /// Whether what it prints is kept. The legacy builder's containers alone have no log by default.
    public var hasLog: Bool
    /// The image that it runs on: `sha256:…`; empty for none.
    public var imageID: String
    /// The same as it was asked for: the builder names it by its whole ID, a person hardly ever.
    public var requestedImage: String
    public var command: [String]
    /// The builder switches it off in a container that it starts.
    public var healthcheck: [String]
    /// Whether somebody is, or was to be, connected to it, as `docker run` and `docker create` have it.
    public var isAttached: Bool

    public init(
        hasLog: Bool, imageID: String, requestedImage: String, command: [String], healthcheck: [String],
        isAttached: Bool
    ) {
        self.hasLog = hasLog
        self.imageID = imageID
        self.requestedImage = requestedImage
        self.command = command
        self.healthcheck = healthcheck
        self.isAttached = isAttached
    }

    /// Whether the legacy builder makes such a container: for `RUN`, or for a step that only changes the image's
    /// configuration, `/bin/sh -c #(nop) ENV A=b`.
    var isBuilders: Bool {
        guard !hasLog, !isAttached, requestedImage == imageID else { return false }
        return healthcheck == ["NONE"] || command.contains { $0.hasPrefix("#(nop) ") }
    }
}
