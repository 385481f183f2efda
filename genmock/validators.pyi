from validators import *
