"""The terms of the hand-written evaluation, and where the weights of each stand in one long vector.

Every weight has a value for the midgame and one for the endgame. A term of several weights is a table; the comment says
its index. Ranks are 0..7 and squares are 0..63 as the piece's own side sees them.
"""

from __future__ import annotations

from itertools import accumulate

TERMS: dict[str, int] = {
    "piece_square": 384,  # (kind - 1) * 64 + square; holds the piece's material value too
    "knight_mobility": 9,  # squares attacked in the mobility area
    "bishop_mobility": 14,
    "rook_mobility": 15,
    "queen_mobility": 28,
    "bishop_pair": 1,
    "knight_pair": 1,
    "rook_pair": 1,
    "bishops_against": 1,  # the enemy's minor pieces against a pair of bishops
    "knight_pawns": 1,  # for each knight, own pawns beyond five
    "rook_pawns": 1,  # for each rook, own pawns beyond five
    "queen_against": 1,  # for each queen, the enemy's rooks and minor pieces
    "bishop_pawns": 1,  # own pawns on the bishop's colour of squares
    "knight_outpost": 1,
    "bishop_outpost": 1,
    "minor_behind_pawn": 1,
    "minor_king_distance": 1,  # steps from a minor piece to its king
    "rook_open_file": 1,
    "rook_half_open_file": 1,
    "rook_on_seventh": 1,
    "space": 1,  # tenths of: safe squares at home in the centre, times men beyond six
    "passed": 8,  # rank
    "passed_blocked": 8,  # rank; any piece on the square in front
    "passed_free": 8,  # rank; nothing on the way
    "passed_safe": 8,  # rank; the square in front is not attacked, or defended too
    "passed_own_king": 8,  # distance of the own king from the square in front
    "passed_enemy_king": 8,  # distance of the enemy king
    "passed_own_rook": 1,  # behind it
    "passed_enemy_rook": 1,  # on its file
    "isolated": 4,  # file from the edge
    "isolated_doubled": 1,
    "doubled": 1,
    "supported_doubled": 1,
    "backward": 1,
    "weak_on_open_file": 1,  # isolated or unable to step on, no passed pawn, with enemy rooks
    "supported": 8,  # rank
    "phalanx": 8,  # rank
    "shelter": 16,  # 8 * (own file of the king) + rank of the own pawn nearest to the king, 0 without one
    "storm": 16,  # the same with the enemy's pawn
    "king_danger": 64,  # units of attack on the enemy king; see `evaluation._king_danger`
    "safe_check": 8,  # kind of the piece that could give check and not be taken
    "queen_checks": 1,  # safe ones, at most 3
    "unsafe_checks": 1,
    "weak_ring": 1,  # squares at the enemy king that only king and queen defend
    "pinned": 1,  # enemy pieces pinned to their king
    "flank_attacked": 1,  # squares near the enemy king, on its half
    "flank_attacked_twice": 1,
    "flank_defended": 1,  # by the enemy; counts against
    "pawn_threat": 8,  # kind of the piece attacked by a pawn
    "minor_threat": 8,  # kind of the piece attacked by a knight or bishop
    "rook_threat": 8,  # kind of the piece attacked by a rook
    "king_threat": 1,  # the king attacks something weak
    "queen_attack": 8,  # kind of the piece that could attack the queen from a safe square
    "hanging": 8,  # kind of the piece that is attacked and not defended
    "push_threat": 1,  # pieces that a safe step of a pawn would attack
    "restricted": 1,  # squares that both sides attack and the enemy's pawns do not
    "tempo": 1,
    # What makes an advantage in the endgame easier or harder to win, for the side that is ahead.
    "winning_pawns": 1,  # pawns of both sides
    "winning_flanks": 1,  # pawns on both flanks
    "winning_passed": 1,  # passed pawns of both sides
    "winning_infiltration": 1,  # a king beyond the middle
    "winning_pawn_ending": 1,
    "winning": 1,  # always
}

#: Terms without a weight for the midgame.
ENDGAME_ONLY = tuple(name for name in TERMS if name.startswith("winning"))

#: Index of the first weight of each term.
START: dict[str, int] = dict(zip(TERMS, accumulate(TERMS.values(), initial=0), strict=False))
#: The number of weights.
COUNT = sum(TERMS.values())
