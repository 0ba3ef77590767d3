/// What a variable or a word can stand for when several builders, or several ways to set it, count.
enum PossibleValue: Equatable {
    /// One of these; `nil` is unset. Never empty.
    case oneOf([[UInt8]?])
    /// Why nothing is certain.
    case unknown(String)

    /// More are not followed.
    static let limit = 8

    static let unset = PossibleValue.oneOf([nil])

    static func certain(_ value: [UInt8]) -> PossibleValue { .oneOf([value]) }

    func or(_ other: PossibleValue) -> PossibleValue {
        guard case .oneOf(let values) = self else { return self }
        guard case .oneOf(let others) = other else { return other }
        var all = values
        for value in others where !all.contains(value) { all.append(value) }
        return all.count > PossibleValue.limit
            ? .unknown("a variable has too many possible values") : .oneOf(all)
    }

    var mayBeUnset: Bool {
        guard case .oneOf(let values) = self else { return true }
        return values.contains(nil)
    }
}
