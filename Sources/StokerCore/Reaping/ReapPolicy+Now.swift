extension ReapPolicy {
    /// The clocks that ages are taken on.
    public struct Now: Sendable {
        /// The engine's, which its containers' times are told by.
        public var engine: EngineTime
        /// Ours, as far as this machine was awake, for what was leased on it.
        public var awake: LeaseLabels.Awake

        public init(engine: EngineTime, awake: LeaseLabels.Awake = .now) {
            self.engine = engine
            self.awake = awake
        }
    }
}
