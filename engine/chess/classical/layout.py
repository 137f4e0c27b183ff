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
    "bishop_pawns": 1,  # own pawns on the bishop's colour of squares
    "knight_outpost": 1,
    "bishop_outpost": 1,
    "minor_behind_pawn": 1,
    "rook_open_file": 1,
    "rook_half_open_file": 1,
    "rook_on_seventh": 1,
    "passed": 8,  # rank
    "passed_blocked": 8,  # rank; any piece on the square in front
    "passed_free": 8,  # rank; nothing on the way
    "passed_safe": 8,  # rank; the square in front is not attacked, or defended too
    "passed_own_king": 8,  # distance of the own king from the square in front
    "passed_enemy_king": 8,  # distance of the enemy king
    "isolated": 4,  # file from the edge
    "doubled": 1,
    "backward": 1,
    "supported": 8,  # rank
    "phalanx": 8,  # rank
    "shelter": 16,  # 8 * (own file of the king) + rank of the own pawn nearest to the king, 0 without one
    "storm": 16,  # the same with the enemy's pawn
    "king_danger": 64,  # units of attack on the enemy king; see `evaluation._king_danger`
    "pawn_threat": 8,  # kind of the piece attacked by a pawn
    "minor_threat": 8,  # kind of the piece attacked by a knight or bishop
    "rook_threat": 8,  # kind of the piece attacked by a rook
    "hanging": 8,  # kind of the piece that is attacked and not defended
    "push_threat": 1,  # pieces that a safe step of a pawn would attack
    "restricted": 1,  # squares that both sides attack and the enemy's pawns do not
    "tempo": 1,
}

#: Index of the first weight of each term.
START: dict[str, int] = dict(zip(TERMS, accumulate(TERMS.values(), initial=0), strict=False))
#: The number of weights.
COUNT = sum(TERMS.values())
