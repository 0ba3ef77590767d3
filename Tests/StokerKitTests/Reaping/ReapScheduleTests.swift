import StokerCore
@testable import StokerKit
import TestSupport
import Testing

@Suite struct ReapScheduleTests {
    private let policy = ReapPolicy(
        olderThan: .seconds(100), runningOlderThan: .seconds(1000))
    private let hour = Duration.seconds(3600)

    private func looked(nextDue: Duration? = nil) -> ReapSchedule {
        var schedule = ReapSchedule(at: .seconds(50))
        schedule.begin()
        schedule.looked(at: .seconds(60), every: hour, nextDue: nextDue)
        return schedule
    }

    @Test func theFirstLookIsDueAtOnce() {
        #expect(ReapSchedule(at: .seconds(50)).due == .seconds(50))
    }

    @Test(
        arguments: [
            (nextDue: nil, due: 3660), (7200, 3660), (30, 90), (1, 65), (0, 65),
        ] as [(nextDue: Int?, due: Int)])
    func theNextIsDueWhenSomethingComesOfAge(nextDue: Int?, due: Int) {
        #expect(looked(nextDue: nextDue.map { .seconds($0) }).due == .seconds(due))
    }

    @Test func whoLooksOftenIsNotHeldUp() {
        var schedule = ReapSchedule(at: .zero)
        schedule.looked(at: .seconds(60), every: .seconds(1), nextDue: .zero)
        #expect(schedule.due == .seconds(61))
    }

    @Test(arguments: [
        (name: "clud-db-3f9a01bc", due: 300), ("my-clud-db-3f9a01bc", 3660), ("clud-db-20261122", 3660),
        ("db", 3660),
    ])
    func whatIsToldCountsFromItsTime(name: String, due: Int) {
        var schedule = looked()
        schedule.heard(.changed(name: name), at: .seconds(200), policy: policy)
        #expect(schedule.due == .seconds(due))
        // Told twice is told once, and a later one puts nothing off.
        schedule.heard(.changed(name: name), at: .seconds(250), policy: policy)
        #expect(schedule.due == .seconds(due))
    }

    @Test func whatIsToldPutsNothingOff() {
        var schedule = looked(nextDue: .seconds(10))
        schedule.heard(.changed(name: "clud-db-3f9a01bc"), at: .seconds(61), policy: policy)
        #expect(schedule.due == .seconds(70))
    }

    @Test func anEngineThatIsBackIsLookedAtAtOnceButNotAgainAndAgain() {
        var schedule = looked()
        schedule.heard(.connected, at: .seconds(62), policy: policy)
        #expect(schedule.due == .seconds(65))
        schedule = looked()
        schedule.heard(.connected, at: .seconds(200), policy: policy)
        #expect(schedule.due == .seconds(200))
    }

    @Test func whatIsToldDuringALookIsNotForgotten() {
        var schedule = looked()
        schedule.begin()
        schedule.heard(.changed(name: "clud-db-3f9a01bc"), at: .seconds(200), policy: policy)
        schedule.looked(at: .seconds(210), every: hour, nextDue: nil)
        #expect(schedule.due == .seconds(300))
        schedule.begin()
        schedule.looked(at: .seconds(310), every: hour, nextDue: nil)
        #expect(schedule.due == .seconds(3910))
    }

    @Test func anEngineThatDoesNotAnswerIsLeftAloneEverLonger() {
        var generator = SeededGenerator(seed: 1)
        var schedule = ReapSchedule(at: .zero)
        var delays: [Duration] = []
        for _ in 0..<12 {
            let now = schedule.due
            schedule.begin()
            schedule.failed(at: now, every: hour, using: &generator)
            delays.append(schedule.due - now)
        }
        for (index, delay) in delays.enumerated() {
            let most = min(Duration.seconds(2 << index), .seconds(300))
            #expect((most / 2...most).contains(delay))
        }
        // Not all of them are as long as they can be.
        #expect(Set(delays).count > 6)
        schedule.looked(at: .zero, every: hour, nextDue: nil)
        schedule.failed(at: .zero, every: hour, using: &generator)
        #expect(schedule.due <= .seconds(2))
    }

    @Test(arguments: [
        (#"{"Type":"container","Action":"die","Actor":{"ID":"x","Attributes":{"name":"a-b"}}}"#, "a-b"),
        (#"{"status":"rename","Actor":{"Attributes":{"oldName":"/a","name":"b"}}}"#, "b"),
        (#"{"Action":"die","Actor":{"ID":"x","Attributes":{}}}"#, nil),
        (#"{"Action":"die","Actor":{"ID":"x","Attributes":{"na"#, nil),
        ("[]", nil), ("", nil),
    ])
    func anEventTellsAName(line: String, name: String?) {
        #expect(ContainerHint(event: line) == name.map { .changed(name: $0) })
    }
}
