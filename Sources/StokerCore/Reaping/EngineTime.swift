/// A moment on the engine's clock, to the nanosecond, from year 1 to 9999.
///
/// The engine may run on another machine or in a virtual machine whose clock differs from ours, so times of
/// containers are only ever compared with each other and with the engine's own now (`/info` `SystemTime`).
public struct EngineTime: Sendable, Hashable, Comparable {
    /// Since 1970, negative before.
    public let seconds: Int64
    /// 0 to 999,999,999, counted forward from `seconds`.
    public let nanoseconds: Int32

    static let earliestSeconds: Int64 = -62_135_596_800
    static let latestSeconds: Int64 = 253_402_300_799

    /// - Parameter unixSeconds: as the list of containers gives `Created`.
    /// - Returns: `nil` outside the years 1 to 9999, which no clock shows; it also keeps every difference
    ///   of two moments within the range of its type.
    public init?(unixSeconds: Int64) { self.init(unixSeconds: unixSeconds, nanoseconds: 0) }

    init?(unixSeconds: Int64, nanoseconds: Int32) {
        guard (Self.earliestSeconds...Self.latestSeconds).contains(unixSeconds),
            (0..<1_000_000_000).contains(nanoseconds)
        else { return nil }
        seconds = unixSeconds
        self.nanoseconds = nanoseconds
    }

    public static func < (left: EngineTime, right: EngineTime) -> Bool {
        (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
    }

    /// How long `self` is after `earlier`; negative when it is before.
    public func since(_ earlier: EngineTime) -> Duration {
        .seconds(seconds - earlier.seconds) + .nanoseconds(nanoseconds - earlier.nanoseconds)
    }

    /// - Precondition: `month` is 1 to 12.
    static func days(inMonth month: Int, ofLeapYear isLeapYear: Bool) -> Int {
        switch month {
        case 2: isLeapYear ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}
