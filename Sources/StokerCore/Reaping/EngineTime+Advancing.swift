extension EngineTime {
    /// The moment that is `duration` later, or earlier when it is negative, to the nanosecond; `nil` outside
    /// the years 1 to 9999.
    public func advanced(by duration: Duration) -> EngineTime? {
        let (whole, attoseconds) = duration.components
        // Both parts of a negative duration are negative.
        var nanoseconds = Int64(self.nanoseconds) + attoseconds / 1_000_000_000
        var carry: Int64 = 0
        if nanoseconds < 0 {
            nanoseconds += 1_000_000_000
            carry = -1
        } else if nanoseconds >= 1_000_000_000 {
            nanoseconds -= 1_000_000_000
            carry = 1
        }
        let (later, overflows) = (seconds + carry).addingReportingOverflow(whole)
        if overflows { return nil }
        return EngineTime(unixSeconds: later, nanoseconds: Int32(nanoseconds))
    }
}
